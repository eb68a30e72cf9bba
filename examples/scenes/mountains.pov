// Evening light on a mountain lake: a height field with snow, a forest of meshes, a shore of stones, and their
// reflection. One unit is a metre; the camera stands on the near shore and looks along z.
#version 3.7;
#include "functions.inc"

global_settings { assumed_gamma 1 max_trace_level 40 }

#declare Sun = srgb <1, 0.83, 0.60>;
#declare Haze = srgb <0.66, 0.75, 0.88>;

camera {
  location <0, 5.6, -26>
  right x * image_width / image_height
  angle 50
  look_at <60, 165, 1600>
}
light_source { <-70000, 36000, -30000> color Sun * 2.1 parallel point_at 0 }
light_source { <20000, 60000, -20000> color srgb <0.55, 0.70, 1.00> * 0.42 shadowless parallel point_at 0 }

// ---- Sky: a gradient, banks of cumulus near the horizon and thin streaks above ----

#macro Clouds(Size, Seed, Low, High, Light)
  pigment {
    bozo turbulence 0.75 octaves 8 omega 0.56 lambda 2.1
    color_map {
      [Low color srgb Light transmit 1]
      [Low + 0.10 color srgb Light transmit 0.55]
      [High color srgb Light transmit 0.04]
      [1 color srgb Light * 0.93 transmit 0]
    }
    scale Size translate Seed
  }
#end

sky_sphere {
  pigment {
    gradient y
    color_map {
      [0.00 color srgb <0.97, 0.86, 0.72>]
      [0.10 color srgb <0.79, 0.83, 0.88>]
      [0.28 color srgb <0.48, 0.65, 0.87>]
      [0.70 color srgb <0.16, 0.34, 0.68>]
    }
  }
  Clouds(<0.90, 0.05, 0.40>, <3.1, 0.2, 1.7>, 0.52, 0.80, <0.98, 0.90, 0.84>)
  Clouds(<0.34, 0.13, 0.34>, <1.35, 0.1, 4.3>, 0.50, 0.70, <0.74, 0.70, 0.76>)
  Clouds(<0.34, 0.13, 0.34>, <1.37, 0.118, 4.3>, 0.53, 0.74, <1.00, 0.95, 0.88>)
}

// Haze as upright sheets, denser towards the water: fog would swallow the sky too.
#declare I = 0;
#while (I < 14)
  polygon {
    5, <-1, 0>, <1, 0>, <1, 1>, <-1, 1>, <-1, 0>
    scale <9000, 1700, 1>
    translate z * (1000 + 420 * I)
    pigment {
      gradient y
      turbulence 0.12 octaves 4
      color_map { [0 color Haze * 0.92 transmit 0.955] [0.25 color Haze transmit 0.975] [0.8 color Haze transmit 1] [1 color Haze transmit 1] }
      scale 1750
      translate y * -200
    }
    finish { diffuse 0 ambient 0 emission 0.9 }
    no_shadow
    hollow
  }
  #declare I = I + 1;
#end

// ---- Mountains ----

#declare Ridge = function(x, z) { f_ridged_mf(x / 1500 + 7.3, 3.1, z / 1500 + 1.9, 0.92, 2.13, 10, 0.88, 1.7, 2) }
#declare Cone = function(x, z, cx, cz, r) { max(0, 1 - sqrt(pow(x - cx, 2) + pow(z - cz, 2)) / r) }
#declare Massif = function(x, z) {
  1250 * pow(Cone(x, z, 1050, 5200, 3400), 1.25)
  + 900 * pow(Cone(x, z, -1900, 5600, 3000), 1.2)
  + 620 * pow(Cone(x, z, -500, 7600, 3600), 1.1)
  + 760 * pow(Cone(x, z, 3500, 5200, 2600), 1.1)
  + 420 * pow(Cone(x, z, -2300, 2500, 1900), 1.1)
  + 330 * pow(Cone(x, z, 2300, 2500, 1700), 1.1)
}
// The far shore winds along z = 900.
#declare Shore = function(x, z) { min(1, max(-0.1, (z - 900 - 130 * sin(x / 420) - 60 * sin(x / 130 + 1)) / 900)) }
#declare Ground = function(x, z) {
  Massif(x, z) * (0.42 + 0.62 * Ridge(x, z)) * max(0, Shore(x, z))
  + 60 * Shore(x, z) * (0.6 + f_noise3d(x / 150, 0, z / 150)) + 6 * (f_noise3d(x / 30, 1, z / 30) - 0.5)
}
#declare X0 = -5200; #declare X1 = 5200; #declare Z0 = 620; #declare Z1 = 9000; #declare Top = 2300;

#declare RockPigment = pigment {
  granite turbulence 0.3
  color_map {
    [0.0 color srgb <0.20, 0.18, 0.18>]
    [0.4 color srgb <0.40, 0.36, 0.34>]
    [0.7 color srgb <0.52, 0.47, 0.43>]
    [1.0 color srgb <0.30, 0.27, 0.27>]
  }
  scale <420, 90, 420>
}
#declare SnowPigment = pigment {
  bozo color_map { [0 color srgb <0.92, 0.94, 0.98>] [1 color srgb <1, 0.99, 0.97>] } scale 200
}
#declare MeadowPigment = pigment {
  granite
  color_map {
    [0.0 color srgb <0.13, 0.17, 0.08>]
    [0.5 color srgb <0.30, 0.33, 0.13>]
    [1.0 color srgb <0.47, 0.42, 0.20>]
  }
  scale 130
}
#declare ForestPigment = pigment {
  granite
  color_map { [0 color srgb <0.07, 0.12, 0.06>] [0.6 color srgb <0.15, 0.22, 0.10>] [1 color srgb <0.28, 0.31, 0.13>] }
  scale <60, 90, 60>
}
#declare Alpine = pigment { slope { y } pigment_map { [0.80 RockPigment] [0.86 MeadowPigment] } }
#declare Patchy = pigment { slope { y } pigment_map { [0.735 RockPigment] [0.765 SnowPigment] } }
#declare Snowy = pigment { slope { y } pigment_map { [0.640 RockPigment] [0.675 SnowPigment] } }

#declare Mountains = height_field {
  function 1500, 1500 { Ground(X0 + x * (X1 - X0), Z1 - y * (Z1 - Z0)) / Top + 0.02 }
  smooth
  translate <0, -0.02, 0>
  scale <X1 - X0, Top, Z1 - Z0>
  translate <X0, 0, Z0>
  pigment {
    gradient y
    turbulence <0.05, 0.035, 0.05> octaves 8 omega 0.6
    pigment_map {
      [0.000 MeadowPigment]
      [0.105 MeadowPigment]
      [0.115 ForestPigment]
      [0.270 ForestPigment]
      [0.305 Alpine]
      [0.370 Alpine]
      [0.420 Patchy]
      [0.510 Snowy]
      [1.000 Snowy]
    }
    scale 2000
    translate y * -200
  }
  normal { granite 0.22 scale 110 }
  finish { diffuse 0.85 ambient 0.02 }
}
Mountains

// ---- Firs: each a mesh of drooping, toothed branches; instances share it ----

#macro Fir(Seed, Tiers, Teeth)
  #local R = seed(Seed);
  mesh {
    #local I = 0;
    #while (I < Tiers)
      #local H = 0.06 + 0.94 * I / Tiers;
      #local Reach = 0.23 * pow(1 - H, 0.85) + 0.008;
      #local B = 0;
      #local Count = (Teeth > 1 ? 10 : 7) + (H < 0.5) * 2;
      #while (B < Count)
        #local A = 360 * (B + rand(R)) / Count;
        #local L = Reach * (0.65 + 0.5 * rand(R));
        #local Droop = L * (0.35 + 0.4 * rand(R)) * (1 - 0.7 * H);
        #local K = 0;
        #while (K < Teeth)
          // Toothed on both sides: a triangle per tooth, longest in the middle of the branch.
          #local T0 = K / Teeth; #local T1 = (K + 1.5) / Teeth;
          #local W = L * (Teeth > 1 ? 0.22 * pow(1 - T0, 0.7) + 0.03 : 0.39) * (0.4 + 0.9 * rand(R));
          #local P0 = <L * T0, H + L * 0.10 - Droop * T0 * T0, 0>;
          #local P1 = <L * min(T1, 1.02), H + L * 0.10 - Droop * T1 * T1, 0>;
          #local S = -1;
          #while (S < 2)
            triangle {
              vrotate(P0, y * A), vrotate(P1, y * A),
              vrotate(P0 * 0.35 + P1 * 0.65 + <0.06 * L, -0.35 * W, S * W>, y * A)
            }
            #local S = S + 2;
          #end
          #local K = K + 1;
        #end
        #local B = B + 1;
      #end
      #local I = I + 1;
    #end
    // The trunk, as three thin blades.
    #local I = 0;
    #while (I < 3)
      triangle { vrotate(<0.014, 0, 0>, y * 60 * I), vrotate(<-0.014, 0, 0>, y * 60 * I), <0, 1, 0> }
      #local I = I + 1;
    #end
  }
#end
#declare FirFinish = finish { diffuse 0.75 0.25 ambient 0.01 }
#declare Near = array[3]
#declare Near[0] = Fir(1, 62, 20)
#declare Near[1] = Fir(2, 56, 20)
#declare Near[2] = Fir(3, 66, 20)
#declare Far = array[3]
#declare Far[0] = Fir(4, 17, 1)
#declare Far[1] = Fir(5, 15, 1)
#declare Far[2] = Fir(6, 19, 1)

#macro Plant(Kind, Where, Height, R)
  object {
    Kind
    rotate y * 360 * rand(R)
    scale <1 + 0.5 * rand(R), 1, 1 + 0.5 * rand(R)> * Height
    translate Where
    #local Dry = rand(R);
    texture {
      pigment { color srgb <0.13 + 0.20 * Dry * Dry, 0.24 + 0.10 * Dry, 0.11 + 0.03 * Dry> * (0.75 + 0.6 * rand(R)) }
      finish { FirFinish }
    }
  }
#end

// The forest on the far shore thins out towards the snow.
#declare R1 = seed(20);
#declare N = 0;
#while (N < 30000)
  #declare Depth = 860 + 2600 * pow(rand(R1), 1.5);
  #declare Across = (rand(R1) - 0.5) * 1.35 * Depth + 40;
  #declare Up = <0, 0, 0>;
  #declare Hit = trace(Mountains, <Across, 4000, Depth>, -y, Up);
  #if (vlength(Up) > 0)
    #declare Clump = f_noise3d(Across / 160, 5, Depth / 160);
    #if (Hit.y > 2.5 & Hit.y < 430 + 200 * rand(R1) & Up.y > 0.60 & Clump > 0.20 + 0.0006 * Hit.y * rand(R1))
      Plant(Far[int(rand(R1) * 2.99)], Hit - y, 15 + 16 * rand(R1), R1)
    #end
  #end
  #declare N = N + 1;
#end

// ---- Near shore: gravel and grass, stones in the water, firs on either side ----

#declare NearGround = function(x, z) {
  0.75 - max(z * 0.072, (z - 12) * 0.17) + 2.6 * (f_noise3d(x / 17, 2, z / 17) - 0.5) + 0.9 * (f_noise3d(x / 4, 7, z / 4) - 0.5)
  + 0.22 * (f_noise3d(x / 0.9, 3, z / 0.9) - 0.5)
  + 6.0 * pow(min(1, max(0, (abs(x) - 11) / 26)), 1.4)
}
#declare Beach = height_field {
  function 900, 900 { (NearGround(-90 + 180 * x, 70 - 110 * y) + 12) / 40 }
  smooth
  translate <0, -0.3, 0>
  scale <180, 40, 110>
  translate <-90, 0, -40>
  pigment {
    gradient y turbulence 0.2 octaves 6
    pigment_map {
      [0.03 granite color_map { [0 srgb <0.16, 0.14, 0.12>] [1 srgb <0.42, 0.38, 0.33>] } scale 0.9]
      [0.16 granite color_map { [0 srgb <0.22, 0.19, 0.15>] [0.5 srgb <0.46, 0.41, 0.35>] [1 srgb <0.62, 0.57, 0.50>] } scale 0.7]
      [0.28 granite color_map { [0 srgb <0.12, 0.15, 0.05>] [0.5 srgb <0.30, 0.31, 0.12>] [1 srgb <0.45, 0.39, 0.19>] } scale 1.3]
    }
    scale 6 translate y * -0.5
  }
  normal { granite 0.6 scale 0.5 }
  finish { diffuse 0.85 ambient 0.01 }
}
Beach

#macro Stone(Where, Size, R)
  sphere {
    0, 1
    pigment {
      granite
      #local G = 0.75 + 0.6 * rand(R); #local Warm = rand(R) * 0.06;
      color_map {
        [0 color srgb <0.22 + Warm, 0.21, 0.22 - Warm> * G]
        [0.5 color srgb <0.44 + Warm, 0.42, 0.41 - Warm> * G]
        [1 color srgb <0.60 + Warm, 0.57, 0.53 - Warm> * G]
      }
      scale 0.8
    }
    normal { pigment_pattern { granite turbulence 0.2 color_map { [0 rgb 0] [1 rgb 1] } scale 1.3 } 1.4 }
    finish { diffuse 0.8 specular 0.12 roughness 0.05 ambient 0.01 }
    scale <1 + 0.6 * rand(R), 0.45 + 0.35 * rand(R), 0.8 + 0.5 * rand(R)> * Size
    rotate <30 * (rand(R) - 0.5), 360 * rand(R), 30 * (rand(R) - 0.5)>
    translate Where
  }
#end
#declare R2 = seed(31);
#declare N = 0;
#while (N < 1700)
  #declare PZ = -14 + 40 * rand(R2);
  #declare PX = (rand(R2) - 0.5) * 1.5 * (PZ + 30);
  #declare Hit = <PX, NearGround(PX, PZ), PZ>;
  #if (Hit.y > -1.0 & Hit.y < 1.9)
    Stone(Hit, 0.06 + 0.26 * pow(rand(R2), 3) + 0.85 * pow(rand(R2), 22), R2)
  #end
  #declare N = N + 1;
#end
Stone(<5.6, -0.15, 9>, 1.3, R2)
Stone(<8.6, -0.25, 13>, 1.0, R2)
Stone(<14.6, -0.1, 17>, 1.9, R2)
Stone(<0.6, -0.12, 17>, 0.9, R2)

// Tufts of grass: blades as narrow triangles.
#macro Tuft(Seed)
  #local R = seed(Seed);
  mesh {
    #local I = 0;
    #while (I < 70)
      #local A = 360 * rand(R); #local Foot = vrotate(<0.22 * rand(R), 0, 0>, y * 360 * rand(R));
      #local Lean = 0.1 + 0.55 * rand(R); #local L = 0.4 + 0.6 * rand(R);
      #local Mid = Foot + vrotate(<Lean * 0.35, 0.62, 0> * L, y * A);
      #local Tip = Foot + vrotate(<Lean, 0.95 - 0.35 * Lean, 0> * L, y * A);
      #local W = vrotate(<0, 0, 0.014>, y * A);
      triangle { Foot - W, Foot + W, Mid + W * 0.8 }
      triangle { Foot - W, Mid - W * 0.8, Mid + W * 0.8 }
      triangle { Mid - W * 0.8, Mid + W * 0.8, Tip }
      #local I = I + 1;
    #end
  }
#end
#declare Tufts = array[3]
#declare Tufts[0] = Tuft(1)
#declare Tufts[1] = Tuft(2)
#declare Tufts[2] = Tuft(3)
#declare N = 0;
#while (N < 5200)
  #declare PZ = -17 + 45 * pow(rand(R2), 1.3);
  #declare PX = (rand(R2) - 0.5) * 1.6 * (PZ + 30);
  #declare H = NearGround(PX, PZ);
  #if (H > 0.75 + 0.8 * rand(R2) & f_noise3d(PX / 2.5, 9, PZ / 2.5) > 0.40)
    object {
      Tufts[int(rand(R2) * 2.99)]
      rotate y * 360 * rand(R2)
      scale 0.5 + 0.7 * rand(R2)
      translate <PX, H - 0.02, PZ>
      #declare Dry = rand(R2);
      texture {
        pigment { color srgb <0.24 + 0.34 * Dry, 0.34 + 0.12 * Dry, 0.10 + 0.06 * Dry> * (0.7 + 0.5 * rand(R2)) }
        finish { diffuse 0.6 0.35 ambient 0.01 }
      }
    }
  #end
  #declare N = N + 1;
#end

#declare R3 = seed(77);
#declare N = 0;
#while (N < 90)
  #declare Side = (mod(N, 2) = 0 ? -1 : 1);
  #declare PZ = 9 + 48 * rand(R3);
  #declare PX = Side * (0.36 * (PZ + 26) + (Side > 0 ? 3 : 0) + 22 * rand(R3));
  #if (NearGround(PX, PZ) > 0.15)
    Plant(Near[int(rand(R3) * 2.99)], <PX, NearGround(PX, PZ) - 0.2, PZ>, 7 + 12 * rand(R3), R3)
  #end
  #declare N = N + 1;
#end

// ---- The lake: calm, with ripples that stretch the reflections ----

plane {
  y, 0
  pigment { color srgb <0.03, 0.09, 0.11> }
  normal {
    average
    normal_map {
      [1.0 bumps 0.022 scale <9, 1, 2.6>]
      [0.7 bumps 0.026 scale <1.6, 1, 0.6>]
      [0.5 wrinkles 0.018 scale <40, 1, 14>]
    }
  }
  finish { diffuse 0.5 ambient 0 reflection { 0.28, 0.95 fresnel } conserve_energy specular 0.3 roughness 0.004 }
  interior { ior 1.33 }
}
