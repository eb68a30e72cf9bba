// Fruit, bread and wine at a window: everything is turned (lathes), strewn (spheres) or a height field (the cloth).
// One unit is a centimetre; the table top is y = 0, the wall is z = 42, the window is to the left.
#version 3.7;
#include "functions.inc"

global_settings {
  assumed_gamma 1
  max_trace_level 12
  radiosity {
    pretrace_start 0.08 pretrace_end 0.02
    count 40 nearest_count 6 error_bound 0.8 recursion_limit 2
    low_error_factor 0.6 gray_threshold 0.1 minimum_reuse 0.015 brightness 1
  }
}

camera {
  location <4, 34, -92>
  right x * image_width / image_height
  angle 42
  look_at <1.5, 13.2, 0>
}

// ---- Window light: a broad lamp behind a frame with bars, and panes that mirror in glass and glaze ----

#declare Daylight = srgb <1, 0.90, 0.74>;
light_source {
  <-190, 150, -105> color Daylight * 3.5
  area_light <0, 20, 0>, <-9, 0, 17>, 5, 5 adaptive 1 jitter
}
#declare Frame = union {
  box { <-2.6, -44, -1>, <2.6, 44, 1> }
  box { <-38, -2.6, -1>, <38, 2.6, 1> }
  box { <-38, 15, -1>, <38, 19, 1> }
  box { <-60, 38, -1>, <60, 60, 1> }
  box { <-60, -60, -1>, <60, -38, 1> }
  box { <-60, -60, -1>, <-34, 60, 1> }
  box { <34, -60, -1>, <60, 60, 1> }
  pigment { color srgb 0.6 }
  rotate y * -52 translate <-86, 79, -35>
}
object { Frame no_image no_reflection }
union {
  #local I = -1;
  #while (I < 2)
    box { <-16 + I * 17, -34, 0>, <-1.5 + I * 17 + 1, -2, 0.1> }
    box { <-16 + I * 17, 2, 0>, <-1.5 + I * 17 + 1, 34, 0.1> }
    #local I = I + 1;
  #end
  pigment { color srgb 1 } finish { ambient 0 diffuse 0 emission 2.6 }
  rotate y * -60 translate <-120, 80, -66>
  no_image no_shadow no_radiosity
}
sky_sphere {
  pigment { gradient y color_map { [0 color srgb <0.46, 0.40, 0.34>] [0.6 color srgb <0.56, 0.58, 0.66>] } }
}

// ---- Wall: old plaster over a panelled dado ----

#declare Plaster = texture {
  pigment {
    granite turbulence 0.2
    color_map {
      [0.0 color srgb <0.50, 0.50, 0.40>]
      [0.5 color srgb <0.60, 0.58, 0.45>]
      [0.8 color srgb <0.69, 0.64, 0.48>]
      [1.0 color srgb <0.46, 0.42, 0.33>]
    }
    scale <60, 45, 60>
  }
  normal { average normal_map { [1 granite 0.25 scale 14] [1 bumps 0.25 scale 1.1] } }
  finish { diffuse 0.8 specular 0.03 }
}
plane { -z, -42 texture { Plaster } }

// A small landscape in a gilt frame.
#macro Painting(W, H)
  union {
    box {
      <-W, -H, 0>, <W, H, 0.3>
      pigment {
        gradient y turbulence <0.05, 0.10, 0> octaves 6
        color_map {
          [0.00 color srgb <0.20, 0.17, 0.08>]
          [0.22 color srgb <0.36, 0.34, 0.14>]
          [0.34 color srgb <0.16, 0.22, 0.12>]
          [0.46 color srgb <0.12, 0.20, 0.16>]
          [0.50 color srgb <0.78, 0.70, 0.52>]
          [0.70 color srgb <0.52, 0.62, 0.68>]
          [1.00 color srgb <0.28, 0.42, 0.60>]
        }
        scale 2 * H * 1.5 translate y * -H * 1.35
      }
      normal { granite 0.3 scale 1.5 }
      finish { specular 0.2 roughness 0.03 }
    }
    #local K = 0;
    #while (K < 4)
      #local T = 0.7 * K;
      difference {
        box { <-W - T - 0.75, -H - T - 0.75, -1.1 + 0.5 * abs(K - 1.4)>, <W + T + 0.75, H + T + 0.75, 1> }
        box { <-W - T, -H - T, -5>, <W + T, H + T, 5> }
        pigment {
          granite color_map { [0 color srgb <0.30, 0.19, 0.07>] [0.6 color srgb <0.68, 0.48, 0.18>] [1 color srgb <0.88, 0.70, 0.34>] }
          scale 2
        }
        normal { bumps 0.4 scale 0.5 }
        finish { diffuse 0.6 specular 0.6 roughness 0.03 metallic }
      }
      #local K = K + 1;
    #end
  }
#end
object { Painting(12, 8.5) scale 0.86 translate <29, 34.5, 41.2> }

// ---- Table: planks with grain ----

#declare Grain = function(x, y, z) {
  f_noise3d(x / 26, y, z / 1.1) * 0.55 + f_noise3d(x / 9 + 7, y, z / 0.32) * 0.30 + f_noise3d(x / 3, y + 3, z / 0.12) * 0.15
}
#macro Plank(Z, Seed)
  box {
    <-110, -3, Z>, <110, 0, Z + 11.75>
    pigment {
      function { Grain(x + 31 * Seed + 5 * f_noise3d(x / 18, Seed, z / 5), Seed, z + 2.4 * f_noise3d(x / 24, Seed, z / 7)) }
      color_map {
        [0.28 color srgb <0.19, 0.10, 0.05>]
        [0.42 color srgb <0.36, 0.20, 0.10>]
        [0.55 color srgb <0.50, 0.31, 0.16>]
        [0.72 color srgb <0.62, 0.42, 0.24>]
      }
    }
    normal { function { Grain(x, Seed, z) } 0.35 }
    finish { diffuse 0.75 specular 0.22 roughness 0.03 reflection { 0.0, 0.16 fresnel } }
    interior { ior 1.4 }
  }
#end
#declare K = 0;
#while (K < 8) Plank(-52 + 12 * K, K + 1) #declare K = K + 1; #end

// ---- Cloth: a height field of folds, striped linen ----

#declare Fold = function(x, z) {
  1.5 * pow(abs(sin((x * 0.17 + z * 0.10) + 2.6 * f_noise3d(x / 16, 0, z / 16))), 1.6)
  * pow(f_noise3d(x / 15 + 3, 5, z / 15), 1.3) * 2.0
  + 1.1 * pow(abs(sin((x * 0.09 - z * 0.22) + 3.0 * f_noise3d(x / 20, 9, z / 20))), 2) * f_noise3d(x / 12, 2, z / 12)
  + 0.25
}
// Inside a wavy rectangle, turned by some degrees.
#declare Inside = function(x, z) {
  min(1, max(0, 0.9 * min(
    31 - abs(0.96 * x + 0.28 * z) + 2.0 * f_noise3d(x / 9, 1, z / 9),
    19 - abs(0.96 * z - 0.28 * x) + 2.0 * f_noise3d(x / 9, 4, z / 9))))
}
height_field {
  function 700, 500 { Fold(-42 + 84 * x, 30 - 60 * y) * Inside(-42 + 84 * x, 30 - 60 * y) / 6 }
  smooth
  water_level 0.004
  translate <-0.5, -0.004, -0.5> scale <84, 6, 60>
  pigment {
    function { 0.5 + 0.5 * sin((0.28 * x - 0.96 * z) * 1.05) }
    color_map {
      [0.00 color srgb <0.90, 0.86, 0.78>]
      [0.80 color srgb <0.93, 0.89, 0.81>]
      [0.82 color srgb <0.26, 0.34, 0.52>]
      [1.00 color srgb <0.20, 0.28, 0.47>]
    }
  }
  normal {
    function { 0.5 + 0.25 * sin((0.96 * x + 0.28 * z) * 24) + 0.25 * sin((0.28 * x - 0.96 * z) * 24) } 0.35
  }
  finish { diffuse 0.85 }
  translate <-9, 0, -13>
}

// ---- Bowl of painted earthenware ----

#declare Glaze = texture {
  pigment {
    gradient y
    pigment_map {
      [0.00 color srgb <0.93, 0.90, 0.82>]
      [0.20 color srgb <0.93, 0.90, 0.82>]
      [0.21 color srgb <0.13, 0.22, 0.48>]
      [0.25 color srgb <0.13, 0.22, 0.48>]
      [0.26 color srgb <0.93, 0.90, 0.82>]
      [0.34 color srgb <0.93, 0.90, 0.82>]
      [0.34 function { 0.5 + 0.5 * sin(18 * atan2(x, z) + 0) * sin(y * 26) }
        color_map { [0.60 color srgb <0.93, 0.90, 0.82>] [0.68 color srgb <0.16, 0.27, 0.55>] [1 color srgb <0.30, 0.42, 0.70>] }]
      [0.76 function { 0.5 + 0.5 * sin(18 * atan2(x, z) + 0) * sin(y * 26) }
        color_map { [0.60 color srgb <0.93, 0.90, 0.82>] [0.68 color srgb <0.16, 0.27, 0.55>] [1 color srgb <0.30, 0.42, 0.70>] }]
      [0.76 color srgb <0.93, 0.90, 0.82>]
      [0.84 color srgb <0.93, 0.90, 0.82>]
      [0.85 color srgb <0.13, 0.22, 0.48>]
      [0.92 color srgb <0.13, 0.22, 0.48>]
      [0.93 color srgb <0.70, 0.52, 0.26>]
      [1.00 color srgb <0.70, 0.52, 0.26>]
    }
    scale 9.6
  }
  finish { diffuse 0.8 specular 0.6 roughness 0.008 reflection { 0.01, 0.35 fresnel } conserve_energy }
}
#declare Bowl = lathe {
  cubic_spline 16,
  <-1, 0.2>, <0, 0.0>, <5.5, 0.0>, <6.0, 0.5>, <5.6, 1.2>, <8.0, 2.6>, <11.6, 5.2>, <14.0, 8.8>, <14.5, 9.5>,
  <14.0, 9.5>, <13.3, 8.6>, <10.8, 5.6>, <7.4, 3.2>, <3.0, 2.2>, <0, 2.0>, <-1, 2.0>
  texture { Glaze }
  interior { ior 1.5 }
}
object { Bowl translate <1, 0.7, 2> }

// ---- Fruit ----

#declare AppleShape = lathe {
  cubic_spline 13,
  <-0.5, 0.9>, <0, 0.75>, <0.55, 0.25>, <1.4, 0.0>, <2.7, 0.75>, <3.65, 2.4>, <3.95, 4.2>, <3.45, 5.9>, <2.2, 6.75>,
  <1.0, 6.6>, <0.35, 5.9>, <0, 5.4>, <-0.4, 5.2>
}
#macro Apple(Red, Seed)
  union {
    object {
      AppleShape
      pigment {
        function { f_noise3d(9 * atan2(x, z) + Seed, y * 0.35, Seed) * 0.6 + f_noise3d(x / 2.6 + Seed, y / 3, z / 2.6) * 0.7 - 0.15 }
        color_map {
          [0.25 color srgb <0.83, 0.72, 0.26>]
          [0.60 - 0.3 * Red color srgb <0.83, 0.48, 0.16>]
          [0.72 - 0.3 * Red color srgb <0.74, 0.15, 0.09>]
          [1.00 color srgb <0.46, 0.05, 0.06>]
        }
      }
      finish { diffuse 0.75 specular 0.55 roughness 0.012 reflection { 0.0, 0.22 fresnel } }
      interior { ior 1.4 }
    }
    sphere_sweep {
      cubic_spline 5, <0, 4.9, 0>, 0.16, <0, 5.4, 0>, 0.16, <0.12, 6.6, 0>, 0.15, <0.55, 7.6, 0.1>, 0.22, <0.9, 8, 0>, 0.2
      pigment { color srgb <0.27, 0.17, 0.08> }
    }
  }
#end
#macro Pear(Seed)
  union {
    lathe {
      cubic_spline 12,
      <-0.5, 0.6>, <0, 0.5>, <1.3, 0.05>, <3.0, 1.1>, <3.75, 3.1>, <3.4, 5.0>, <2.3, 6.8>, <1.65, 8.3>, <1.25, 9.3>,
      <0.55, 9.85>, <0, 9.75>, <-0.4, 9.7>
      texture {
        pigment {
          function { 0.5 + 0.13 * x + 0.35 * (f_noise3d(x / 1.7 + Seed, y / 2.2, z / 1.7) - 0.5) }
          color_map {
            [0.1 color srgb <0.55, 0.60, 0.18>]
            [0.5 color srgb <0.80, 0.72, 0.26>]
            [0.8 color srgb <0.80, 0.50, 0.20>]
            [1.0 color srgb <0.70, 0.28, 0.14>]
          }
        }
        finish { diffuse 0.8 specular 0.3 roughness 0.03 }
      }
      texture {
        pigment { bozo color_map { [0.70 color srgb <0.36, 0.22, 0.08> transmit 1] [0.80 color srgb <0.36, 0.22, 0.08> transmit 0.25] } scale 0.16 }
        finish { diffuse 0.8 specular 0.3 roughness 0.03 }
      }
    }
    sphere_sweep {
      cubic_spline 5, <0, 9, 0>, 0.2, <0, 9.6, 0>, 0.2, <0.15, 10.8, 0>, 0.15, <0.7, 11.8, 0.2>, 0.22, <1.2, 12.2, 0>, 0.2
      pigment { color srgb <0.25, 0.16, 0.07> }
    }
  }
#end
#declare PeelNormal = normal { average normal_map { [1 bumps 0.55 scale 0.17] [0.8 wrinkles 0.25 scale 0.5] } }
#declare Peel = texture {
  pigment { bozo color_map { [0 color srgb <0.92, 0.47, 0.06>] [1 color srgb <0.97, 0.60, 0.12>] } scale 2 }
  normal { PeelNormal }
  finish { diffuse 0.8 specular 0.35 roughness 0.03 }
}
#declare Orange = union {
  sphere { 0, 3.8 texture { Peel } scale <1, 0.95, 1> }
  sphere { <0, 3.55, 0>, 0.34 scale <1, 1, 1> pigment { color srgb <0.30, 0.36, 0.14> } }
}
// Cut open: rind, pith and ten segments, drawn by angle and radius on the cut face (y = 0).
#declare HalfOrange = intersection {
  sphere { 0, 3.8 texture { Peel } }
  plane {
    y, 0
    texture {
      pigment {
        function {
          (sqrt(x * x + z * z) > 3.62) * 1 + (sqrt(x * x + z * z) <= 3.62) * (
            (sqrt(x * x + z * z) > 3.36) * 0.75 + (sqrt(x * x + z * z) <= 3.36) * (
              (abs(sin(5 * atan2(x, z))) * sqrt(x * x + z * z) < 0.42) * 0.70
              + (abs(sin(5 * atan2(x, z))) * sqrt(x * x + z * z) >= 0.42)
                * 0.45 * f_noise3d(sqrt(x * x + z * z) * 0.9, 7 * atan2(x, z), 3)))
        }
        color_map {
          [0.00 color srgb <0.86, 0.38, 0.03>]
          [0.40 color srgb <0.98, 0.62, 0.14>]
          [0.60 color srgb <1.00, 0.72, 0.24>]
          [0.69 color srgb <0.98, 0.86, 0.62>]
          [0.80 color srgb <0.98, 0.90, 0.72>]
          [0.90 color srgb <0.95, 0.56, 0.08>]
          [1.00 color srgb <0.95, 0.56, 0.08>]
        }
      }
      normal { bumps 0.35 scale 0.3 }
      finish { diffuse 0.8 specular 0.8 roughness 0.01 }
    }
  }
}
#declare Lemon = lathe {
  cubic_spline 13,
  <-0.4, -4.7>, <0, -4.6>, <0.5, -4.4>, <0.9, -3.9>, <2.0, -2.9>, <2.75, -1.2>, <2.85, 0.2>, <2.5, 1.7>, <1.6, 3.0>,
  <0.7, 3.7>, <0.35, 4.3>, <0, 4.4>, <-0.4, 4.4>
  pigment { bozo color_map { [0 color srgb <0.90, 0.74, 0.12>] [1 color srgb <0.96, 0.86, 0.28>] } scale 1.6 }
  normal { PeelNormal }
  finish { diffuse 0.8 specular 0.4 roughness 0.025 }
}

// A bunch of grapes: spheres that keep their distance, hanging along a curve.
#macro Grapes(Count, Seed, P0, P1, P2, Thick, Dark)
  union {
  #local R = seed(Seed); #local Spots = array[Count]; #local N = 0; #local Tries = 0;
  #while (N < Count & Tries < 20000)
    #local T = rand(R);
    #local Centre = P0 * pow(1 - T, 2) + P1 * 2 * T * (1 - T) + P2 * T * T;
    #local P = Centre + <rand(R) - 0.5, rand(R) - 0.5, rand(R) - 0.5> * 2 * Thick * (1 - 0.6 * T);
    #local Free = (P.y > 1); #local K = 0;
    #while (K < N & Free) #local Free = (vlength(Spots[K] - P) > 1.55); #local K = K + 1; #end
    #if (Free)
      #local Spots[N] = P; #local N = N + 1;
      #local G = rand(R);
      sphere {
        0, 0.92
        scale <1, 1.10, 1> rotate <60 * rand(R), 0, 60 * rand(R)> translate P
        texture {
          pigment {
            bozo
            color_map {
              #if (Dark)
                [0.2 color srgb <0.12 + 0.14 * G, 0.04, 0.13>]
                [0.8 color srgb <0.30 + 0.16 * G, 0.13, 0.28>]
              #else
                [0.2 color srgb <0.42 + 0.15 * G, 0.52, 0.12>]
                [0.8 color srgb <0.66 + 0.12 * G, 0.68, 0.28>]
              #end
            }
            scale 0.8
          }
          finish { diffuse 0.75 specular 0.9 roughness 0.006 reflection { 0.0, 0.3 fresnel } }
        }
        interior { ior 1.4 }
      }
    #end
    #local Tries = Tries + 1;
  #end
  }
#end

object { Apple(0.9, 3) rotate <14, 40, -10> translate <-5.6, 5.6, -3.0> }
object { Apple(0.5, 8) rotate <-10, 130, 24> translate <6.6, 5.5, -4.4> }
object { Orange rotate <30, 20, -35> translate <1.2, 9.2, -5.6> }
object { Orange rotate <-40, 70, 20> translate <-4.5, 10, 6> }
object { Apple(0.7, 13) rotate <5, 250, 12> translate <1.6, 9.8, 3.4> }
object { Pear(4) rotate <0, 20, 32> translate <-7.6, 7.6, 3.6> }
object { Lemon rotate <0, 0, 78> rotate y * 35 translate <8.3, 10.6, 2.2> }
object { Grapes(62, 5, <5.5, 13.8, -1.5>, <13.5, 13.0, -9.5>, <15.6, 2.4, -12.5>, 3.4, true) }
object { Apple(0.8, 21) rotate <8, 75, 68> translate <-18.5, 3.1, -13> }
object { Pear(9) rotate <0, 200, 84> translate <-7, 4.2, -20> }
object { HalfOrange rotate <-62, 0, 0> rotate y * 24 translate <5.6, 3.4, -21.5> }
object { HalfOrange rotate <0, 40, 172> translate <14.5, 3.3, -25.5> }
object { Lemon rotate <0, 0, 86> rotate y * -28 translate <-25.5, 3.2, -22.5> }
object { Grapes(26, 12, <24, 2.3, -16>, <27, 2.2, -17>, <31, 1.6, -18>, 2.3, false) }

// ---- Bottle with a label, and a glass of wine ----

#declare BottleShape = lathe {
  cubic_spline 17,
  <-1, 0.6>, <0, 0.5>, <2.6, 0.15>, <3.5, 0.15>, <3.85, 0.8>, <3.9, 3>, <3.9, 9>, <3.9, 15>, <3.85, 18.2>, <3.2, 20.8>,
  <1.9, 23.4>, <1.5, 25.6>, <1.4, 29.0>, <1.4, 29.9>, <1.0, 30.2>, <0, 30.2>, <-1, 30.2>
}
#declare Bottle = union {
  object {
    BottleShape
    pigment { color srgb <0.09, 0.17, 0.07> filter 0.35 }
    finish { diffuse 0.25 specular 0.9 roughness 0.003 reflection { 0.03, 0.8 fresnel } conserve_energy }
    interior { ior 1.5 }
  }
  // Capsule over the cork.
  lathe {
    cubic_spline 8, <1.6, 23.0>, <1.62, 24.8>, <1.56, 27>, <1.52, 29.4>, <1.5, 30.2>, <1.2, 30.5>, <0, 30.5>, <-1, 30.5>
    pigment { color srgb <0.36, 0.06, 0.07> }
    normal { gradient y 0.15 scale 0.5 }
    finish { diffuse 0.6 specular 0.7 roughness 0.02 reflection 0.08 metallic }
  }
  // Label: paper with a border, a round vignette and lines of lettering suggested by noise.
  intersection {
    difference { cylinder { <0, 5.2, 0>, <0, 14.6, 0>, 3.97 } cylinder { <0, 5, 0>, <0, 15, 0>, 3.93 } }
    box { <-3.2, 5, -5>, <3.2, 15, 0> }
    pigment {
      function {
        (abs(x) > 2.95 | y < 5.5 | y > 14.3) * 0.30
        + (abs(x) <= 2.95 & y >= 5.5 & y <= 14.3) * (
          (sqrt(x * x + pow(y - 12, 2)) < 1.6) * (0.45 + 0.5 * (f_noise3d(x * 1.6, y * 2.5, 1) > 0.5 + 0.10 * (y - 12)))
          + (abs(sqrt(x * x + pow(y - 12, 2)) - 1.8) < 0.07) * 0.9
          + (y > 8.6 & y < 9.7 & abs(x) < 2.5) * 0.9 * (f_noise3d(x * 3.6, 2, y * 1.2) > 0.50)
          + (y > 7.4 & y < 7.9 & abs(x) < 2.1) * 0.7 * (f_noise3d(x * 6, 5, y * 2) > 0.48)
          + (y > 6.3 & y < 6.7 & abs(x) < 1.8) * 0.7 * (f_noise3d(x * 7, 8, y * 2) > 0.48))
      }
      color_map {
        [0.0 color srgb <0.91, 0.86, 0.72>]
        [0.3 color srgb <0.66, 0.50, 0.24>]
        [0.5 color srgb <0.55, 0.22, 0.14>]
        [0.9 color srgb <0.16, 0.13, 0.12>]
        [1.0 color srgb <0.16, 0.13, 0.12>]
      }
    }
    finish { diffuse 0.8 specular 0.05 }
  }
}
object { Bottle rotate y * 12 translate <-20, 0, 9> }

#declare GlassFinish = finish { diffuse 0.02 specular 0.9 roughness 0.002 reflection { 0.02, 0.9 fresnel } conserve_energy }
#declare Goblet = union {
  lathe {
    cubic_spline 20,
    <-1, 0.35>, <0, 0.35>, <2.6, 0.12>, <3.4, 0.0>, <3.45, 0.2>, <2.4, 0.5>, <0.75, 0.95>, <0.36, 2.6>, <0.36, 6.2>,
    <0.7, 7.4>, <2.7, 8.8>, <3.75, 11.2>, <3.7, 14.2>, <3.2, 17.2>, <3.1, 17.25>, <3.5, 14.2>, <3.55, 11.2>,
    <2.5, 9.1>, <0, 8.0>, <-1, 8.0>
    pigment { color srgbt <0.97, 0.98, 0.98, 0.97> }
    finish { GlassFinish }
    interior { ior 1.45 }
  }
  lathe {
    cubic_spline 9, <-1, 8.1>, <0, 8.1>, <1.4, 8.5>, <2.5, 9.2>, <3.3, 10.5>, <3.52, 11.6>, <3.5, 12.0>, <0, 12.0>, <-1, 12>
    pigment { color srgb <0.45, 0.02, 0.06> filter 0.75 }
    finish { diffuse 0.25 specular 0.5 reflection { 0, 0.4 fresnel } conserve_energy }
    interior { ior 1.33 }
  }
}
object { Goblet translate <23, 0, 2> }

// ---- A loaf on the right, a knife in front ----

#declare Loaf = isosurface {
  function {
    pow(x / 12.5, 2) + pow(y / 6.2, 2) + pow(z / 6.8, 2) - 1
    + 0.16 * pow(max(0, sin(x * 0.85 + z * 0.35)), 6) * (y > 0) - 0.10 * f_noise3d(x / 2, y / 2, z / 2) - 0.04 * f_noise3d(x * 2, y * 2, z * 2)
  }
  contained_by { box { <-14, -3.4, -8>, <14, 8, 8> } }
  max_gradient 1.6
  pigment {
    function { pow(max(0, sin(x * 0.85 + z * 0.35)), 5) * 0.55 + 0.45 * f_noise3d(x / 1.5, y / 1.5, z / 1.5) }
    color_map {
      [0.0 color srgb <0.36, 0.17, 0.06>]
      [0.3 color srgb <0.58, 0.32, 0.13>]
      [0.6 color srgb <0.78, 0.54, 0.28>]
      [1.0 color srgb <0.94, 0.84, 0.66>]
    }
  }
  normal { granite 0.35 scale 1.6 }
  finish { diffuse 0.8 specular 0.1 roughness 0.08 }
}
object { Loaf rotate y * -24 translate <32, 3.4, 17> }

// ---- Hazelnuts, strewn ----

#declare R = seed(6);
#declare K = 0;
#while (K < 9)
  lathe {
    cubic_spline 8, <-0.3, -0.75>, <0, -0.75>, <0.65, -0.6>, <0.95, 0>, <0.75, 0.65>, <0.25, 1.0>, <0, 1.1>, <-0.2, 1.1>
    pigment {
      gradient y turbulence 0.2
      color_map { [0 color srgb <0.76, 0.60, 0.40>] [0.25 color srgb <0.52, 0.29, 0.12>] [1 color srgb <0.62, 0.36, 0.16>] }
      scale 2 translate y * -0.8
    }
    finish { diffuse 0.8 specular 0.35 roughness 0.03 }
    rotate <70 + 40 * rand(R), 0, 360 * rand(R)> rotate y * 360 * rand(R)
    translate <20 + 13 * rand(R), 0.85, -33 + 11 * rand(R)>
  }
  #declare K = K + 1;
#end
