// A small harbour in the last hour of sun: two rows of houses on the quay, boats under mast and sail, and what the water
// makes of them. Houses and boats are macros. One unit is a metre; the water is y = 0.
#version 3.7;
#include "functions.inc"

global_settings { assumed_gamma 1 max_trace_level 8 }

camera {
  location <1, 6.4, -27>
  right x * image_width / image_height
  angle 50
  look_at <-1.5, 8.1, 50>
}
light_source { <-38000, 27000, -52000> color srgb <1, 0.83, 0.60> * 1.78 parallel point_at 0 }
light_source { <30000, 60000, -25000> color srgb <0.55, 0.66, 1.00> * 0.52 shadowless parallel point_at 0 }

// ---- Sky ----

#macro Clouds(Size, Seed, Low, High, Light)
  pigment {
    bozo turbulence 0.8 octaves 9 omega 0.58 lambda 2.1
    color_map {
      [Low color srgb Light transmit 1]
      [Low + 0.07 color srgb Light transmit 0.5]
      [High color srgb Light transmit 0.03]
      [1 color srgb Light * 0.94 transmit 0]
    }
    scale Size translate Seed
  }
#end
sky_sphere {
  pigment {
    gradient y
    color_map {
      [0.00 color srgb <0.99, 0.80, 0.56>]
      [0.10 color srgb <0.93, 0.84, 0.72>]
      [0.24 color srgb <0.62, 0.74, 0.86>]
      [0.60 color srgb <0.25, 0.44, 0.74>]
    }
  }
  Clouds(<0.80, 0.05, 0.40>, <5.1, 0.4, 1.7>, 0.50, 0.80, <0.99, 0.82, 0.68>)
  Clouds(<0.30, 0.12, 0.30>, <2.05, 0.3, 3.3>, 0.46, 0.66, <0.66, 0.60, 0.68>)
  Clouds(<0.30, 0.12, 0.30>, <2.07, 0.286, 3.3>, 0.49, 0.70, <1.00, 0.88, 0.74>)
}

// ---- Small parts ----

#declare Wood = pigment {
  granite color_map { [0 color srgb <0.24, 0.15, 0.08>] [0.6 color srgb <0.46, 0.31, 0.18>] [1 color srgb <0.60, 0.44, 0.28>] }
  scale <2, 0.3, 0.3>
}
#declare White = texture { pigment { color srgb <0.92, 0.90, 0.85> } finish { diffuse 0.8 } }
#declare Stonework = texture {
  pigment {
    brick
    pigment { granite color_map { [0 color srgb <0.34, 0.31, 0.28>] [1 color srgb <0.46, 0.42, 0.37>] } scale 0.7 },
    pigment { granite color_map { [0 color srgb <0.40, 0.37, 0.33>] [0.6 color srgb <0.60, 0.55, 0.48>] [1 color srgb <0.70, 0.63, 0.54>] } scale 2.3 }
    brick_size <1.1, 0.48, 1.1> mortar 0.05
  }
  normal { average normal_map { [1 brick 0.6 brick_size <1.1, 0.48, 1.1> mortar 0.06] [1 granite 0.3 scale 0.6] } }
  finish { diffuse 0.8 }
}
// What the tide leaves on everything near the water.
#declare Weed = texture {
  pigment {
    gradient y turbulence 0.08 octaves 5
    color_map { [0.00 color srgb <0.07, 0.09, 0.04>] [0.10 color srgb <0.12, 0.14, 0.05> transmit 0.1] [0.2 color srgb 0.1 transmit 1] [1 color srgb 0.1 transmit 1] }
    scale 6 translate y * -0.3
  }
}

// ---- Houses: front on z = 0, from x = 0 to W ----

#macro Window(X, Y, W, H, Shutter, HasShutter, R)
  union {
    difference {
      box { <-W / 2 - 0.13, -0.13, -0.09>, <W / 2 + 0.13, H + 0.13, 0.05> }
      box { <-W / 2, 0, -1>, <W / 2, H, 1> }
      texture { White }
    }
    box { <-0.04, 0, -0.05>, <0.04, H, 0> texture { White } }
    box { <-W / 2, H * 0.64, -0.05>, <W / 2, H * 0.64 + 0.07, 0> texture { White } }
    box { <-W / 2, H * 0.31, -0.03>, <W / 2, H * 0.31 + 0.04, 0> texture { White } }
    box { <-W / 2 - 0.22, -0.24, -0.22>, <W / 2 + 0.22, -0.12, 0> pigment { color srgb <0.62, 0.58, 0.52> } }
    box {
      <-W / 2, 0, 0>, <W / 2, H, 0.02>
      #if (rand(R) < 0.16)
        pigment { gradient y color_map { [0 color srgb <1, 0.74, 0.36>] [1 color srgb <0.80, 0.48, 0.20>] } scale H }
        finish { emission 0.75 diffuse 0.2 reflection 0.1 }
      #else
        pigment { bozo color_map { [0.3 color srgb <0.05, 0.06, 0.08>] [0.7 color srgb <0.17, 0.19, 0.22>] } scale 0.6 translate 9 * rand(R) }
        normal { bumps 0.03 scale 0.8 }
        finish { diffuse 0.6 specular 0.5 reflection 0.34 }
      #end
    }
    #if (HasShutter)
      #local S = -1;
      #while (S < 2)
        box {
          <0, -0.05, -0.06>, <W * 0.5, H + 0.05, 0>
          rotate y * S * (4 + 12 * rand(R)) * 1
          translate x * (S > 0 ? W / 2 + 0.14 : -W - 0.14)
          pigment { gradient y color_map { [0.75 color srgb Shutter] [0.76 color srgb Shutter * 0.55] } scale 0.12 }
          finish { diffuse 0.8 }
        }
        #local S = S + 2;
      #end
    #end
    #if (rand(R) < 0.22)
      // A box of geraniums.
      box { <-W / 2, -0.12, -0.42>, <W / 2, 0.12, -0.2> pigment { color srgb <0.38, 0.22, 0.14> } }
      #local K = 0;
      #while (K < 26)
        sphere {
          <(rand(R) - 0.5) * W * 1.1, 0.12 + 0.26 * rand(R), -0.31 - 0.24 * (rand(R) - 0.4)>, 0.05 + 0.05 * rand(R)
          pigment { color #if (rand(R) < 0.5) srgb <0.80, 0.13, 0.16> #else srgb <0.22, 0.38, 0.12> #end }
        }
        #local K = K + 1;
      #end
    #end
    translate <X, Y, 0>
  }
#end

#macro Tiles(Base, Seed)
  texture {
    pigment {
      cells
      color_map { [0 color srgb Base * 0.70] [0.5 color srgb Base] [1 color srgb Base * 1.22] }
      scale <0.30, 5, 0.36> translate Seed
    }
    normal { function { 0.5 + 0.3 * sin(x * 20.944) + 0.5 * mod(z / 0.36 + 100, 1) } 0.8 }
    finish { diffuse 0.8 }
  }
  texture {
    pigment {
      granite
      color_map { [0.45 color srgb <0.16, 0.15, 0.09> transmit 1] [0.62 color srgb <0.20, 0.19, 0.11> transmit 0.4] [1 color srgb <0.25, 0.24, 0.15> transmit 0.7] }
      scale 5 translate Seed * 3
    }
    normal { function { 0.5 + 0.3 * sin(x * 20.944) + 0.5 * mod(z / 0.36 + 100, 1) } 0.8 }
    finish { diffuse 0.8 }
  }
#end
#macro Wall(Kind, Hue, Seed)
  #switch (Kind)
    #case (0)
      texture {
        pigment {
          granite turbulence 0.3
          color_map { [0 color srgb Hue * 0.72] [0.35 color srgb Hue * 0.95] [0.7 color srgb Hue * 1.04] [1 color srgb Hue * 0.85 + 0.06] }
          scale 5 translate Seed * 7
        }
        normal { granite 0.12 scale 0.8 }
        finish { diffuse 0.8 }
      }
    #break
    #case (1)
      texture {
        pigment {
          brick pigment { color srgb <0.70, 0.64, 0.56> },
          pigment { granite color_map { [0 color srgb Hue * 0.6] [0.5 color srgb Hue] [1 color srgb Hue * 1.25] } scale 1.7 }
          brick_size <0.5, 0.17, 0.5> mortar 0.03 translate Seed
        }
        finish { diffuse 0.8 }
      }
    #break
    #case (2)
      texture {
        pigment { granite color_map { [0 color srgb Hue * 0.75] [1 color srgb Hue * 1.1] } scale <6, 0.4, 6> translate Seed }
        normal { gradient y 0.9 slope_map { [0 <0, 1>] [0.9 <0.9, 1>] [1 <0, -6>] } scale 0.24 }
        finish { diffuse 0.8 }
      }
    #break
  #end
  // Rain and salt darken the foot.
  texture {
    pigment {
      gradient y turbulence 0.12 octaves 6
      color_map { [0 color srgb <0.16, 0.13, 0.10> transmit 0.25] [0.10 color srgb <0.20, 0.17, 0.13> transmit 0.78] [0.22 color srgb 0.2 transmit 1] [0.9 color srgb 0.2 transmit 1] [1 color srgb 0.15 transmit 0.8] }
      scale 16
    }
    finish { diffuse 0.8 }
  }
#end

#macro House(W, Storeys, Kind, Hue, RoofHue, Shutter, Gable, Seed)
  #local R = seed(Seed); #local SH = 2.75; #local H = Storeys * SH + 0.7; #local D = 9;
  #local Cols = int(W / 1.9); #local Step = W / Cols; #local HasShutter = (rand(R) < 0.55 & Step > 2.0);
  union {
    #if (Gable)
      #local Rise = W * (0.50 + 0.18 * rand(R));
      #local Slope = degrees(atan2(Rise, W / 2)); #local Len = sqrt(Rise * Rise + W * W / 4) + 0.35;
      prism {
        linear_spline -D, 0, 6, <0, 0>, <W, 0>, <W, H>, <W / 2, H + Rise>, <0, H>, <0, 0>
        rotate x * -90
        Wall(Kind, Hue, Seed)
      }
      box { <-D - 0.3, -0.02, -Len>, <0.35, 0.16, 0> Tiles(RoofHue, Seed) rotate y * 90 rotate z * Slope translate <W / 2, H + Rise, 0> }
      box { <-0.35, -0.02, -Len>, <D + 0.3, 0.16, 0> Tiles(RoofHue, Seed + 1) rotate y * -90 rotate z * -Slope translate <W / 2, H + Rise, 0> }
      // Verge boards.
      box { <0, -0.30, -0.42>, <Len, -0.02, -0.30> rotate z * -Slope translate <W / 2, H + Rise, 0> texture { White } }
      box { <-Len, -0.30, -0.42>, <0, -0.02, -0.30> rotate z * Slope translate <W / 2, H + Rise, 0> texture { White } }
      Window(W / 2, H + 0.25, 0.95, 1.35, Shutter, false, R)
      #if (W > 7)
        Window(W / 2 - 1.9, H + 0.0, 0.8, 1.1, Shutter, false, R)
        Window(W / 2 + 1.9, H + 0.0, 0.8, 1.1, Shutter, false, R)
      #end
    #else
      #local Rise = 3.4 + rand(R); #local Slope = degrees(atan2(Rise, D / 2)); #local Len = sqrt(Rise * Rise + D * D / 4) + 0.5;
      box { <0, 0, 0>, <W, H, D> Wall(Kind, Hue, Seed) }
      box { <-0.1, -0.05, -Len>, <W + 0.1, 0.14, 0> Tiles(RoofHue, Seed) rotate x * -Slope translate <0, H + Rise, D / 2> }
      box { <-0.1, -0.05, 0>, <W + 0.1, 0.14, Len> Tiles(RoofHue, Seed) rotate x * Slope translate <0, H + Rise, D / 2> }
      prism { linear_spline 0, W, 4, <0, 0>, <D, 0>, <D / 2, Rise>, <0, 0> rotate x * -90 rotate y * -90 translate <W, H, 0> Wall(Kind, Hue, Seed) }
      cylinder { <-0.1, H + Rise + 0.05, D / 2>, <W + 0.1, H + Rise + 0.05, D / 2>, 0.16 pigment { color srgb RoofHue * 0.85 } }
      // Dormers.
      #local K = 0; #local Count = (W > 7 ? 2 : 1);
      #while (K < Count)
        #local DX = W * (K + 0.5) / Count;
        box { <DX - 0.8, H + 0.4, 0.75>, <DX + 0.8, H + 2.3, 4> pigment { color srgb Hue * 0.9 } }
        object { Window(DX, H + 0.75, 0.9, 1.25, Shutter, false, R) translate z * 0.75 }
        box { <0, 0, 0>, <1.15, 0.1, 3.4> rotate z * -36 translate <DX, H + 2.95, 0.55> pigment { color srgb RoofHue * 0.9 } }
        box { <-1.15, 0, 0>, <0, 0.1, 3.4> rotate z * 36 translate <DX, H + 2.95, 0.55> pigment { color srgb RoofHue * 0.9 } }
        prism { linear_spline -3, 0, 4, <-0.85, 0>, <0.85, 0>, <0, 0.62>, <-0.85, 0> rotate x * -90 translate <DX, H + 2.28, 0.78> pigment { color srgb Hue * 0.9 } }
        #local K = K + 1;
      #end
    #end
    // Cornice, gutter, downpipe, chimney.
    box { <0, H - 0.35, -0.16>, <W, H - 0.12, 0> texture { White } }
    cylinder { <0, H - 0.05, -0.28>, <W, H - 0.05, -0.28>, 0.09 pigment { color srgb <0.30, 0.30, 0.28> } }
    cylinder { <0.12, 0, -0.1>, <0.12, H, -0.1>, 0.06 pigment { color srgb <0.30, 0.30, 0.28> } }
    #local CX = W * (0.2 + 0.6 * rand(R));
    box {
      <CX - 0.4, H, D * 0.55>, <CX + 0.4, H + Rise + 1.3, D * 0.55 + 0.9>
      pigment { brick color srgb 0.6, color srgb <0.55, 0.27, 0.18> brick_size <0.3, 0.12, 0.3> mortar 0.02 }
    }
    cylinder { <CX - 0.18, H + Rise, D * 0.6>, <CX - 0.18, H + Rise + 1.75, D * 0.6>, 0.12 pigment { color srgb <0.68, 0.36, 0.22> } }
    cylinder { <CX + 0.18, H + Rise, D * 0.6>, <CX + 0.18, H + Rise + 1.65, D * 0.6>, 0.12 pigment { color srgb <0.60, 0.32, 0.20> } }
    // Windows, a door, a shop.
    #local F = 1;
    #while (F < Storeys)
      box { <0, F * SH + 0.45, -0.06>, <W, F * SH + 0.55, 0> pigment { color srgb Hue * 0.85 + 0.08 } }
      #local C = 0;
      #while (C < Cols)
        Window(Step * (C + 0.5), F * SH + 1.05, min(1.05, Step * 0.5), 1.6, Shutter, HasShutter, R)
        #local C = C + 1;
      #end
      #local F = F + 1;
    #end
    #local DoorAt = int(rand(R) * Cols * 0.999);
    #local C = 0;
    #while (C < Cols)
      #if (C = DoorAt)
        box { <Step * (C + 0.5) - 0.75, 0, -0.12>, <Step * (C + 0.5) + 0.75, 2.75, 0> texture { White } }
        box { <Step * (C + 0.5) - 0.55, 0, -0.16>, <Step * (C + 0.5) + 0.55, 2.1, 0> pigment { color srgb Shutter * 0.9 } }
        box { <Step * (C + 0.5) - 0.55, 2.2, -0.16>, <Step * (C + 0.5) + 0.55, 2.6, 0> pigment { color srgb 0.12 } finish { reflection 0.3 } }
      #else
        Window(Step * (C + 0.5), 0.75, min(1.4, Step * 0.68), 1.75, Shutter, false, R)
      #end
      #local C = C + 1;
    #end
    #if (rand(R) < 0.6)
      #local AH = <0.95, 0.92, 0.84>;
      box {
        <0.3, 0, -1.9>, <W - 0.3, 0.05, 0>
        pigment { gradient x color_map { [0.5 color srgb Shutter * 1.15] [0.5 color srgb AH] } scale 0.6 }
        finish { diffuse 0.7 0.3 }
        rotate x * -20 translate y * 2.95
      }
    #end
  }
#end

#declare Hues = array[10]
#declare Hues[0] = <0.80, 0.36, 0.24>; #declare Hues[1] = <0.88, 0.70, 0.34>; #declare Hues[2] = <0.45, 0.60, 0.70>;
#declare Hues[3] = <0.90, 0.86, 0.76>; #declare Hues[4] = <0.72, 0.24, 0.20>; #declare Hues[5] = <0.56, 0.66, 0.48>;
#declare Hues[6] = <0.90, 0.56, 0.40>; #declare Hues[7] = <0.32, 0.44, 0.58>; #declare Hues[8] = <0.92, 0.78, 0.56>;
#declare Hues[9] = <0.62, 0.42, 0.48>;
#declare Trims = array[5]
#declare Trims[0] = <0.18, 0.34, 0.28>; #declare Trims[1] = <0.20, 0.30, 0.48>; #declare Trims[2] = <0.50, 0.16, 0.14>;
#declare Trims[3] = <0.34, 0.24, 0.16>; #declare Trims[4] = <0.30, 0.44, 0.46>;
#declare Roofs = array[3]
#declare Roofs[0] = <0.66, 0.32, 0.19>; #declare Roofs[1] = <0.58, 0.27, 0.17>; #declare Roofs[2] = <0.36, 0.35, 0.37>;

#macro Row(From, To, Seed, HueAt)
  #local R = seed(Seed); #local At = From; #local N = 0;
  union {
    #while (At < To)
      #local W = 5.4 + 3.4 * rand(R);
      #local Kind = (rand(R) < 0.58 ? 0 : (rand(R) < 0.5 ? 1 : 2));
      #local Hue = Hues[mod(HueAt + N * 3, 10)];
      #if (Kind = 1) #local Hue = <0.60, 0.30, 0.22>; #end
      object {
        House(W, 3 + (rand(R) < 0.55), Kind, Hue, Roofs[int(rand(R) * 2.6)], Trims[int(rand(R) * 4.99)], (rand(R) < 0.55), Seed * 31 + N)
        translate <At, 2.1, 0.5 * rand(R)>
      }
      #local At = At + W + 0.02; #local N = N + 1;
    #end
  }
#end
object { Row(-47, 62, 3, 1) translate z * 66 }
object { Row(0, 52, 8, 6) rotate y * -90 translate <-45, 0, 14> }

// The church behind, and hills with gardens and woods.
union {
  box { <-2.6, 0, -2.6>, <2.6, 25, 2.6> texture { Stonework scale 0.9 } }
  #declare K = 0;
  #while (K < 4)
    box { <-0.55, 19.5, -2.75>, <0.55, 23, 2.75> pigment { color srgb 0.10 } rotate y * 90 * K }
    cylinder { <0, 17.3, -2.72>, <0, 17.3, -2.6>, 1.0 texture { White } rotate y * 90 * K }
    cone { <-2.4, 25, -2.4>, 0.4, <-2.4, 27.6, -2.4>, 0 pigment { color srgb <0.30, 0.38, 0.36> } rotate y * 90 * K }
    #declare K = K + 1;
  #end
  box { <-2.9, 24.7, -2.9>, <2.9, 25.2, 2.9> pigment { color srgb <0.60, 0.56, 0.50> } }
  lathe {
    linear_spline 5, <2.9, 25.2>, <1.5, 28.2>, <1.1, 31>, <0.12, 38>, <0, 38>
    pigment { granite color_map { [0 color srgb <0.22, 0.36, 0.33>] [1 color srgb <0.42, 0.54, 0.48>] } scale 2 }
  }
  sphere { <0, 38.3, 0>, 0.4 pigment { color srgb <0.85, 0.66, 0.25> } finish { specular 0.8 } }
  translate <17, 2, 88>
}
#declare Hill = height_field {
  function 500, 500 {
    0.05 + 0.60 * pow(sin(pi * min(1, max(0, x))), 0.6) * pow(min(1, (1 - y) * 3.4), 0.8) * (0.35 + 0.75 * f_noise3d(x * 3.4 + 2, 1, y * 2)) + 0.03 * f_noise3d(x * 60, 2, y * 60)
    + 0.012 * f_noise3d(x * 160, 2, y * 160)
  }
  smooth
  scale <520, 95, 300> translate <-270, -6, 82>
  pigment {
    granite
    color_map {
      [0.0 color srgb <0.10, 0.15, 0.08>] [0.45 color srgb <0.24, 0.29, 0.13>] [0.6 color srgb <0.42, 0.41, 0.20>] [0.8 color srgb <0.22, 0.27, 0.13>] [1 color srgb <0.50, 0.44, 0.26>]
    }
    scale <60, 40, 60>
  }
  normal { granite 0.4 scale 14 }
  finish { diffuse 0.75 }
}
object { Hill }
// Cottages and trees up the slope.
#declare R = seed(91);
#declare Cottages = array[26]
#declare K = 0;
#while (K < 26)
  union {
    box { <-3, -3, -2.5>, <3, 3, 2.5> pigment { color srgb Hues[mod(K, 10)] * 0.6 + 0.36 } }
    prism { linear_spline -3.2, 3.2, 4, <-2.9, 2.9>, <2.9, 2.9>, <0, 5.4>, <-2.9, 2.9> rotate x * -90 rotate y * 90 pigment { color srgb Roofs[mod(K, 2)] } }
    box { <-1.8, 0.2, -2.55>, <-0.8, 1.8, 2.55> pigment { color srgb 0.15 } }
    box { <0.8, 0.2, -2.55>, <1.8, 1.8, 2.55> pigment { color srgb 0.15 } }
    rotate y * 60 * (rand(R) - 0.5)
    #declare PX = -75 + 150 * rand(R); #declare PZ = 105 + 45 * rand(R);
    #declare Cottages[K] = <PX, 0, PZ>;
    translate trace(Hill, <PX, 300, PZ>, -y) + y * 1.2
  }
  #declare K = K + 1;
#end

#declare K = 0;
#while (K < 900)
  #declare PX = -110 + 220 * rand(R); #declare PZ = 98 + 75 * rand(R); #declare Size = 1.5 + 1.4 * rand(R); #declare G = rand(R);
  #declare Free = true;
  #declare J = 0;
  #while (J < 26)
    // Neither on a cottage nor in front of it.
    #if (abs(PX - Cottages[J].x * (0.65 + 0.35 * PZ / Cottages[J].z)) < 4.5 & PZ < Cottages[J].z + 5 & PZ > Cottages[J].z - 22) #declare Free = false; #end
    #declare J = J + 1;
  #end
  #if (Free)
    union {
      #declare J = 0;
      #while (J < 18)
        #declare Out = vrotate(<0.75 * sqrt(rand(R)), 0, 0>, <0, 360 * rand(R), 0>);
        #declare Up = rand(R);
        sphere { <Out.x * (1.2 - 0.7 * Up), 0.4 + 1.9 * Up, Out.z * (1.2 - 0.7 * Up)>, 0.20 + 0.26 * rand(R) }
        #declare J = J + 1;
      #end
      pigment {
        granite
        color_map {
          [0.0 color srgb <0.10, 0.16, 0.09>]
          [0.5 color srgb <0.20 + 0.14 * G, 0.29, 0.13>]
          [1.0 color srgb <0.34 + 0.20 * G, 0.42, 0.19>]
        }
        scale 0.6
      }
      normal { bumps 0.8 scale 0.09 }
      finish { diffuse 0.8 }
      scale Size
      translate trace(Hill, <PX, 300, PZ>, -y)
    }
  #end
  #declare K = K + 1;
#end

// ---- Quay ----

union {
  box { <-200, -4, 60>, <200, 2.0, 66.6> }
  box { <-60, -4, -4>, <-41, 2.0, 66> }
  texture { Stonework } texture { Weed }
}
union {
  box { <-41.6, 2.0, 59.7>, <200, 2.25, 60.6> }
  box { <-41.8, 2.0, -4.2>, <-40.8, 2.25, 60.4> }
  pigment { granite color_map { [0 color srgb <0.46, 0.43, 0.38>] [1 color srgb <0.68, 0.63, 0.55>] } scale 1.2 }
}
// Lamps, bollards and people along it.
#macro Lamp()
  union {
    cylinder { <0, 0, 0>, <0, 3.6, 0>, 0.07 }
    cylinder { <0, 0, 0>, <0, 0.7, 0>, 0.14 }
    cone { <0, 4.35, 0>, 0.36, <0, 4.65, 0>, 0.05 }
    cone { <0, 3.6, 0>, 0.14, <0, 4.35, 0>, 0.28 pigment { color srgb <1, 0.85, 0.55> } finish { emission 0.7 } }
    pigment { color srgb <0.12, 0.14, 0.14> }
  }
#end
#macro Person(Coat, Legs, Seed)
  #local R = seed(Seed);
  union {
    sphere { <0, 1.62, 0>, 0.13 pigment { color srgb <0.78, 0.55, 0.42> } }
    sphere { <0, 1.68, 0.02>, 0.13 pigment { color srgb <0.22, 0.14, 0.08> * (0.5 + rand(R)) } }
    cone { <0, 0.75, 0>, 0.24, <0, 1.45, 0>, 0.19 pigment { color srgb Coat } }
    sphere { <0, 1.42, 0>, 0.2 scale <1.1, 1, 0.8> pigment { color srgb Coat } }
    cylinder { <-0.25, 1.4, 0>, <-0.31, 0.85, -0.06>, 0.07 pigment { color srgb Coat } }
    cylinder { <0.25, 1.4, 0>, <0.30, 0.85, 0.08>, 0.07 pigment { color srgb Coat } }
    cylinder { <-0.09, 0.8, 0>, <-0.12, 0, -0.14>, 0.09 pigment { color srgb Legs } }
    cylinder { <0.09, 0.8, 0>, <0.11, 0, 0.15>, 0.09 pigment { color srgb Legs } }
    rotate y * 360 * rand(R)
  }
#end
#declare R = seed(14);
#declare K = 0;
#while (K < 9) object { Lamp() translate <-36 + 11 * K, 2.1, 61.4> } #declare K = K + 1; #end
#declare K = 0;
#while (K < 4) object { Lamp() translate <-42.2, 2.1, 17 + 12 * K> } #declare K = K + 1; #end
#declare K = 0;
#while (K < 34)
  object {
    Person(<0.15 + 0.7 * rand(R), 0.15 + 0.5 * rand(R), 0.15 + 0.5 * rand(R)>, <0.14, 0.15, 0.2 + 0.2 * rand(R)>, K + 3)
    #if (mod(K, 4) = 0)
      translate <-43.2 + rand(R), 2.05, 16 + 42 * rand(R)>
    #else
      translate <-38 + 80 * rand(R), 2.05, 61.5 + 3 * rand(R)>
    #end
  }
  #declare K = K + 1;
#end

// ---- Boats: bow towards +x, waterline at y = 0 ----

#declare Beam = function(q) { (1 - pow(max(0, (q - 0.38) / 0.62), 2.3)) * (0.74 + 0.26 * sin(min(1, q / 0.38) * pi / 2)) }
#macro HullPoint(L, B, H, T, S, Side)
  #local Top = H * (0.86 + 0.12 * (1 - T) + 0.62 * T * T);
  #local Low = -0.55 * (1 - pow(T, 6));
  #local Y = Low + (Top - Low) * S;
  <L * (T - 0.5) + 0.10 * L * pow(T, 5) * S - 0.03 * L * (1 - T) * (1 - S), Y, Side * B * Beam(T) * pow(S + 0.0001, 0.42) * (0.92 + 0.08 * S)>
#end
#macro Hull(L, B, H, Paint, Stripe, Bottom)
  union {
    mesh {
      #local Side = -1;
      #while (Side < 2)
        #local I = 0;
        #while (I < 22)
          #local J = 0;
          #while (J < 8)
            #local A = HullPoint(L, B, H, I / 22, J / 8, Side); #local C = HullPoint(L, B, H, (I + 1) / 22, J / 8, Side);
            #local E = HullPoint(L, B, H, I / 22, (J + 1) / 8, Side); #local G = HullPoint(L, B, H, (I + 1) / 22, (J + 1) / 8, Side);
            triangle { A, C, G } triangle { A, G, E }
            #local J = J + 1;
          #end
          #local I = I + 1;
        #end
        #local Side = Side + 2;
      #end
      // Transom.
      #local J = 0;
      #while (J < 8)
        #local A = HullPoint(L, B, H, 0, J / 8, -1); #local C = HullPoint(L, B, H, 0, J / 8, 1);
        #local E = HullPoint(L, B, H, 0, (J + 1) / 8, -1); #local G = HullPoint(L, B, H, 0, (J + 1) / 8, 1);
        triangle { A, C, G } triangle { A, G, E }
        #local J = J + 1;
      #end
      texture {
        pigment {
          gradient y
          color_map {
            [0.30 color srgb Bottom] [0.30 color srgb <0.90, 0.88, 0.82>] [0.345 color srgb <0.90, 0.88, 0.82>] [0.345 color srgb Paint]
            [0.66 color srgb Paint] [0.66 color srgb Stripe] [1 color srgb Stripe]
          }
          scale 2 * H translate y * -0.55 * H
        }
        normal { gradient y 0.35 slope_map { [0 <0, 1>] [0.92 <1, 0>] [1 <0, -1>] } scale 0.22 }
        finish { diffuse 0.8 specular 0.25 roughness 0.03 reflection { 0.0, 0.12 fresnel } }
      }
      texture {
        pigment { granite color_map { [0.5 color srgb <0.30, 0.18, 0.10> transmit 1] [0.75 color srgb <0.32, 0.20, 0.12> transmit 0.45] [1 color srgb <0.35, 0.24, 0.15> transmit 0.6] } scale <1.2, 3, 1.2> }
      }
      interior { ior 1.4 }
    }
    // Deck, a hand below the rail.
    mesh {
      #local I = 0;
      #while (I < 22)
        #local A = HullPoint(L, B, H, I / 22, 0.8, -1); #local C = HullPoint(L, B, H, (I + 1) / 22, 0.8, -1);
        #local E = HullPoint(L, B, H, I / 22, 0.8, 1); #local G = HullPoint(L, B, H, (I + 1) / 22, 0.8, 1);
        triangle { A, C, G } triangle { A, G, E }
        #local I = I + 1;
      #end
      pigment { gradient z pigment_map { [0.9 Wood] [0.9 color srgb 0.1] } scale 0.18 }
    }
    // Rail.
    #local Side = -1;
    #while (Side < 2)
      #local I = 0;
      #while (I < 22)
        cylinder { HullPoint(L, B, H, I / 22, 1, Side), HullPoint(L, B, H, (I + 1) / 22, 1, Side), 0.055 }
        sphere { HullPoint(L, B, H, I / 22, 1, Side), 0.055 }
        #local I = I + 1;
      #end
      #local Side = Side + 2;
    #end
    pigment { color srgb <0.50, 0.32, 0.17> }
  }
#end

#macro Rope(A, B, T)
  cylinder { A, B, T pigment { color srgb <0.30, 0.26, 0.20> } }
#end
// A sail that bellies: a triangle between three corners, pushed along z.
#macro Sail(A, B, C, Belly, Cloth)
  mesh {
    #local N = 14; #local I = 0;
    #macro SailPoint(U, V)
      (A * (1 - U) * (1 - V) + B * U * (1 - V) + C * V + z * Belly * sin(pi * U) * pow(1 - V, 0.8) * 1.0 * (0.25 + 1.5 * V))
    #end
    #while (I < N)
      #local J = 0;
      #while (J < N)
        #local P = SailPoint(I / N, J / N); #local Q = SailPoint((I + 1) / N, J / N);
        #local S = SailPoint(I / N, (J + 1) / N); #local T = SailPoint((I + 1) / N, (J + 1) / N);
        triangle { P, Q, T }
        #if (J < N - 1) triangle { P, T, S } #end
        #local J = J + 1;
      #end
      #local I = I + 1;
    #end
    texture {
      pigment {
        gradient y
        pigment_map {
          [0.00 granite color_map { [0 color srgb Cloth * 0.84] [1 color srgb Cloth * 1.08] } scale 3]
          [0.96 granite color_map { [0 color srgb Cloth * 0.84] [1 color srgb Cloth * 1.08] } scale 3]
          [0.97 color srgb Cloth * 0.66]
        }
        scale 0.85 rotate z * 8
      }
      normal { average normal_map { [1 wrinkles 0.35 scale <0.7, 2, 1>] [0.6 gradient y 0.3 scale 0.85 rotate z * 8] } }
      finish { diffuse 0.62 0.45 }
    }
  }
#end
#macro Rig(L, H, Mast, Hoisted, Cloth, Seed)
  #local R = seed(Seed); #local MX = L * 0.10; #local Y0 = H * 0.7;
  union {
    cone { <MX, Y0, 0>, 0.13, <MX, Mast, 0>, 0.06 }
    cylinder { <MX, Mast * 0.62, -0.75>, <MX, Mast * 0.62, 0.75>, 0.04 }
    cylinder { <MX, Y0 + 1.5, 0>, <-L * 0.44, Y0 + 1.35, 0>, 0.075 }
    cylinder { <L * 0.48, H * 1.35, 0>, <L * 0.72, H * 1.75, 0>, 0.07 }
    sphere { <MX, Mast, 0>, 0.09 }
    pigment { granite color_map { [0 color srgb <0.44, 0.28, 0.13>] [1 color srgb <0.70, 0.50, 0.27>] } scale <0.3, 2, 0.3> }
    finish { diffuse 0.8 specular 0.3 roughness 0.02 }
  }
  Rope(<MX, Mast * 0.97, 0>, <L * 0.72, H * 1.75, 0>, 0.022)
  Rope(<MX, Mast * 0.80, 0>, <L * 0.49, H * 1.4, 0>, 0.022)
  Rope(<MX, Mast * 0.99, 0>, <-L * 0.5, H, 0>, 0.022)
  #local S = -1;
  #while (S < 2)
    Rope(<MX, Mast * 0.96, 0>, <MX, Mast * 0.62, S * 0.75>, 0.018)
    Rope(<MX, Mast * 0.62, S * 0.75>, <MX - 0.1, H, S * L * 0.145>, 0.022)
    Rope(<MX, Mast * 0.62, 0>, <MX - 0.7, H, S * L * 0.15>, 0.022)
    Rope(<MX, Mast * 0.62, 0>, <MX + 0.7, H, S * L * 0.14>, 0.022)
    #local S = S + 2;
  #end
  // A pennant.
  mesh {
    triangle { <MX, Mast + 0.05, 0>, <MX, Mast - 0.4, 0>, <MX - 0.55, Mast - 0.2, 0.12> }
    triangle { <MX - 0.3, Mast - 0.05, 0.07>, <MX - 0.3, Mast - 0.3, 0.07>, <MX - 1.1, Mast - 0.25, -0.1> }
    pigment { color srgb <0.78, 0.15, 0.12> } finish { diffuse 0.6 0.4 }
  }
  #if (Hoisted)
    Sail(<MX - 0.12, Y0 + 1.65, 0>, <-L * 0.43, Y0 + 1.5, 0>, <MX - 0.12, Mast * 0.95, 0>, 0.9, Cloth)
    Sail(<L * 0.70, H * 1.78, 0>, <MX + 0.5, Y0 + 1.1, 0>, <MX + 0.15, Mast * 0.92, 0>, 0.8, Cloth * 1.05)
  #else
    // Furled along the boom, tied.
    sphere_sweep {
      b_spline 8,
      <MX + 0.4, Y0 + 1.75, 0>, 0.2, <MX - 0.1, Y0 + 1.8, 0>, 0.24, <MX - L * 0.1, Y0 + 1.7, 0.03>, 0.27, <MX - L * 0.2, Y0 + 1.72, -0.03>, 0.22,
      <MX - L * 0.3, Y0 + 1.63, 0.02>, 0.23, <MX - L * 0.4, Y0 + 1.6, 0>, 0.17, <MX - L * 0.5, Y0 + 1.55, 0>, 0.1, <MX - L * 0.56, Y0 + 1.5, 0>, 0.05
      pigment { color srgb Cloth }
      normal { wrinkles 0.7 scale <0.25, 0.5, 0.5> }
      finish { diffuse 0.8 }
    }
    #local K = 0;
    #while (K < 5)
      torus { 0.25, 0.03 rotate z * 90 translate <MX - L * (0.03 + 0.1 * K), Y0 + 1.7, 0> pigment { color srgb <0.3, 0.25, 0.2> } }
      #local K = K + 1;
    #end
  #end
#end
#macro Cabin(L, B, H, Hue)
  union {
    box { <-L * 0.30, H * 0.7, -B * 0.52>, <L * 0.02, H * 0.7 + 1.15, B * 0.52> pigment { granite color_map { [0 color srgb Hue * 0.85] [1 color srgb Hue] } scale 0.8 } }
    box { <-L * 0.32, H * 0.7 + 1.12, -B * 0.58>, <L * 0.04, H * 0.7 + 1.24, B * 0.58> pigment { Wood } }
    #local K = 0;
    #while (K < 3)
      box { <-L * (0.27 - 0.095 * K), H * 0.7 + 0.5, -B * 0.53>, <-L * (0.205 - 0.095 * K), H * 0.7 + 0.95, B * 0.53> pigment { color srgb <0.08, 0.10, 0.13> } finish { reflection 0.35 } }
      #local K = K + 1;
    #end
  }
#end
#macro Fenders(L, B, H, Seed)
  #local R = seed(Seed); #local K = 0;
  #while (K < 4)
    #local P = HullPoint(L, B, H, 0.15 + 0.19 * K, 1, -1);
    sphere { 0, 0.24 scale <1, 1.5, 0.9> translate P + <0, -0.62, -0.16> pigment { color #if (rand(R) < 0.5) srgb <0.88, 0.45, 0.12> #else srgb <0.85, 0.84, 0.8> #end } finish { specular 0.3 } }
    Rope(P, P - y * 0.4 - z * 0.16, 0.02)
    #local K = K + 1;
  #end
#end
#macro Boat(L, Paint, Stripe, Mast, Hoisted, Cloth, WithCabin, Seed)
  union {
    Hull(L, L * 0.16, 1.05 * L / 9, Paint, Stripe, <0.40, 0.14, 0.10>)
    #if (Mast > 0) Rig(L, 1.05 * L / 9, Mast, Hoisted, Cloth, Seed) #end
    #if (WithCabin) Cabin(L, L * 0.16, 1.05 * L / 9, <0.90, 0.87, 0.78>) #end
    #if (L > 6) Fenders(L, L * 0.16, 1.05 * L / 9, Seed) #end
    rotate x * 3 * sin(Seed * 1.7)
  }
#end

#declare Tan = <0.66, 0.33, 0.20>; #declare Cream = <0.93, 0.87, 0.74>; #declare Ochre = <0.80, 0.56, 0.24>;
#declare Navy = <0.11, 0.19, 0.34>; #declare Green = <0.13, 0.32, 0.26>; #declare Red = <0.62, 0.13, 0.11>; #declare Pale = <0.88, 0.85, 0.77>;
#declare Sky = <0.30, 0.50, 0.62>;

// The nearest are drawn for the picture, the others are moored by the quay.
object { Boat(10.5, Navy, Pale, 13.5, true, Tan, true, 1) rotate y * 14 translate <-11.5, 0, 16> }
object { Boat(9.0, Green, Ochre, 11.0, false, Cream, true, 2) rotate y * 168 translate <10.8, 0, 10> }
object { Boat(4.4, Red, Pale, 0, false, Cream, false, 3) rotate y * -24 translate <2.2, 0, 0.4> }
object { Boat(11.5, Pale, Navy, 14.5, true, Cream, true, 4) rotate y * 200 translate <13, 0, 33> }
object { Boat(8.5, Red, Ochre, 10.5, false, Tan, true, 5) rotate y * 8 translate <-1, 0, 31> }
object { Boat(8.5, Sky, Pale, 11, false, Cream, true, 6) rotate y * 95 translate <-25, 0, 27> }
object { Boat(4.2, Sky, Ochre, 0, false, Cream, false, 7) rotate y * 40 translate <-18.5, 0, 5> }
object { Boat(10, Ochre, Navy, 12.5, true, Ochre, true, 12) rotate y * -12 translate <27, 0, 48> }
#declare R = seed(5);
#declare K = 0;
#while (K < 12)
  object {
    Boat(7.5 + 3 * rand(R), Hues[mod(K * 3 + 2, 10)] * 0.75, Pale, 9.5 + 4 * rand(R), false, (mod(K, 3) = 0 ? Tan : Cream), (rand(R) < 0.8), 20 + K)
    rotate y * (mod(K, 2) * 180 + 10 * (rand(R) - 0.5))
    translate <-34 + 7.2 * K, 0, 55 + 2.5 * rand(R)>
  }
  #declare K = K + 1;
#end
#declare K = 0;
#while (K < 4)
  object {
    Boat(8 + 2 * rand(R), Hues[mod(K * 4 + 1, 10)] * 0.75, Pale, 10 + 3 * rand(R), false, (mod(K, 2) = 0 ? Cream : Tan), true, 40 + K)
    rotate y * (90 + mod(K, 2) * 180 + 8 * (rand(R) - 0.5))
    translate <-37.5, 0, 16 + 10.5 * K>
  }
  #declare K = K + 1;
#end

// Buoys and gulls.
#macro Buoy(P, Hue) sphere { P + y * 0.1, 0.42 pigment { gradient y color_map { [0.5 color srgb Hue] [0.5 color srgb 0.9] } scale 0.8 } finish { specular 0.4 } } #end
Buoy(<5.2, 0, 3>, Red) Buoy(<-4.5, 0, 21>, <0.9, 0.5, 0.1>) Buoy(<19, 0, 19>, Red) Buoy(<-15, 0, 33>, <0.9, 0.5, 0.1>)
#macro Gull(P, Size, Turn, Lift)
  union {
    sphere { 0, 0.2 scale <2.0, 0.8, 0.8> }
    mesh {
      triangle { <0.22, 0, 0>, <-0.22, 0, 0>, <0.05, Lift, 0.75> } triangle { <0.05, Lift, 0.75>, <-0.22, 0, 0>, <-0.14, Lift * 1.0, 0.75> }
      triangle { <0.05, Lift, 0.75>, <-0.14, Lift, 0.75>, <-0.30, Lift * 0.75, 1.5> }
      triangle { <0.22, 0, 0>, <-0.22, 0, 0>, <0.05, Lift, -0.75> } triangle { <0.05, Lift, -0.75>, <-0.22, 0, 0>, <-0.14, Lift, -0.75> }
      triangle { <0.05, Lift, -0.75>, <-0.14, Lift, -0.75>, <-0.30, Lift * 0.75, -1.5> }
    }
    pigment { color srgb <0.92, 0.91, 0.88> } finish { diffuse 0.7 0.3 }
    rotate y * Turn scale Size translate P
  }
#end
Gull(<3.5, 14.2, 12>, 0.75, 30, 0.42) Gull(<6.2, 15.8, 18>, 0.75, 60, 0.25) Gull(<-2.6, 17.2, 22>, 0.8, 10, 0.5)
Gull(<0.5, 12.6, 20>, 0.7, -30, 0.3) Gull(<9, 18, 30>, 0.9, 45, 0.45) Gull(<-20, 19, 30>, 0.9, 100, 0.35)

// ---- Water ----

plane {
  y, 0
  pigment { color srgb <0.03, 0.10, 0.11> }
  normal {
    average
    normal_map {
      [1.0 bumps 0.075 scale <3.4, 1, 1.5>]
      [0.9 bumps 0.08 scale <1.1, 1, 0.55>]
      [0.6 wrinkles 0.075 scale <6, 1, 3>]
    }
  }
  finish { diffuse 0.5 ambient 0 reflection { 0.14, 0.95 fresnel } conserve_energy specular 0.35 roughness 0.004 }
  interior { ior 1.33 }
}
